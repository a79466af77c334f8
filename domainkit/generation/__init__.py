"""From numbered sources to a written answer: the prompt, its template and the generators."""
