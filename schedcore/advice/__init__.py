"""Advice on a training run: recipes by domain, and what is probably wrong with a schedule.

What the advice is made of is loaded when it is asked for.
"""

from schedcore.advice.checking import check
from schedcore.advice.choosing import recommend
from schedcore.advice.finding import Finding
from schedcore.advice.recipe import Recipe

__all__ = ["Finding", "Recipe", "check", "recommend"]
