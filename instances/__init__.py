"""Problems, their witnesses and promises, exact evaluation, formats and families."""
