"""Teaching: editions of the book for a class, a cohort for each student, and marks."""

from transdx.teach.answers import Limits
from transdx.teach.classroom import teach
from transdx.teach.marking import mark

__all__ = ["Limits", "mark", "teach"]
