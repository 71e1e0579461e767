"""From a question to an answer: one flow, and one answerer for each kind of question."""
