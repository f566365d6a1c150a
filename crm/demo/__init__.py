"""The demo: an invented manufacturer of precision parts and packaging, its people, and two years of its book.

`vocabulary` and `sentences` are words, `timeline` and `plots` say when and how it goes with a customer, `book`
puts it together in memory (the same for the same day), `writing` brings it into the database, `chronicle` lives
through the last quarters, and `demo` decides whether any of that is to be done.
"""
