"""The front door `corm`: one module a subject, standard library only."""
