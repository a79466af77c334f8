"""From a question to passages: two indexes searched, their scores fused into one."""
