"""The workings of plot.

style   the colours, axes and legends of every picture
panels  what is to be drawn: curves, units, phases; no matplotlib here

`plotting` turns a request into panels, and draws them in the style.
"""
