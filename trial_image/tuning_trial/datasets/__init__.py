"""Data for the recipes: found, checked, split and compared, without TensorFlow wherever a format allows.

A reader (arrays, tables, folders, records) gives what stands in a place; `images`, `texts` and `features`
make a recipe's examples of it; `splits` divides them. Whatever is wrong ends in a UserError that names the
place, what was found and what was expected.
"""
