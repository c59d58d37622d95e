"""Published training recipes: the numbers of each source, in one place.

An entry says where its numbers stand. What a source leaves open is left out, or is said to come
from somewhere else; there is no choosing here.
"""

from schedcore.advice.recipes._published import Published
from schedcore.advice.recipes.classification import CLASSIFICATION
from schedcore.advice.recipes.dense import DENSE
from schedcore.advice.recipes.language import LANGUAGE
from schedcore.advice.recipes.tuning import TUNING

RECIPES: dict[str, Published] = {
    recipe.name: recipe for recipe in (*CLASSIFICATION, *LANGUAGE, *DENSE, *TUNING)
}
"""All recipes by name."""

__all__ = ["RECIPES", "Published"]
