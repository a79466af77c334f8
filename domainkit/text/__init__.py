"""What every part needs to know of a text: its language, its sentences and its terms.

One analysis serves the lexical index, the coverage of a question and the check of a claim, so
that "the same word" means the same thing everywhere.
"""

from domainkit.text.analysis import index_terms, terms
from domainkit.text.language import detect
from domainkit.text.sentences import closed, sentences

__all__ = ["closed", "detect", "index_terms", "sentences", "terms"]
