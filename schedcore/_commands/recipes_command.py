"""`recipes`: the published recipes and the files that come with schedcore, and what is in each."""

import argparse
import textwrap
from pathlib import Path

from schedcore._commands.inputs import meant
from schedcore._commands.output import write
from schedcore._config.files import shipped
from schedcore.advice import Recipe
from schedcore.advice.recipes import RECIPES

HELP = "list the recipes, or print one: its configuration and its sources, as YAML"
EXAMPLE = "recipes deit > deit.yaml"


def add(parser: argparse.ArgumentParser) -> None:
    """The options of `recipes`."""
    parser.add_argument("name", metavar="NAME", nargs="?", help="a recipe; without it, all")


def run(given: argparse.Namespace) -> int:
    """Print the names of all recipes, or one."""
    name = given.name
    if name is None:
        write(_all())
    elif name in RECIPES:
        write(_written(RECIPES[name].at()))
    elif name in shipped():
        write(Path(shipped()[name]).read_text(encoding="utf-8"))
    else:
        raise ValueError(f"{name}: is no recipe; {meant(name)}")
    return 0


def _all() -> str:
    published = {name: _summary(x.at()) for name, x in RECIPES.items()}
    files = {
        name: Path(path).read_text(encoding="utf-8").splitlines()[1].strip("# .")
        for name, path in shipped().items()
    }
    width = max(map(len, [*published, *files]))
    blocks = {"published recipes": published, "configuration files": files}
    return "\n".join(
        f"{title}:\n" + "".join(f"  {name:{width}}  {text}\n" for name, text in rows.items())
        for title, rows in blocks.items()
    )


def _summary(recipe: Recipe) -> str:
    epochs = "" if recipe.epochs is None else f", {recipe.epochs} epochs"
    batches = "" if recipe.batch_size is None else f", batches of {recipe.batch_size}"
    return f"{recipe.title}: {recipe.optimizer}{epochs}{batches}"


def _written(recipe: Recipe) -> str:
    """A recipe as a YAML file, with its notes and sources as comments."""
    try:
        import yaml
    except ModuleNotFoundError:
        raise ValueError("writing YAML needs PyYAML: pip install 'schedcore-lr[cli]'") from None
    lines = [f"{recipe.name}: {_summary(recipe)}"]
    named = (("Note", recipe.notes), ("Why", recipe.reasons), ("Source", recipe.sources))
    lines += [f"{word}: {text}" for word, texts in named for text in texts]
    wrapper = textwrap.TextWrapper(
        98,
        initial_indent="# ",
        subsequent_indent="#   ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    comments = map(wrapper.fill, lines)
    config = yaml.safe_dump(recipe.config(), sort_keys=False, default_flow_style=None, width=98)
    return "\n".join([*comments, config])
