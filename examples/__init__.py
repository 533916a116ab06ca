"""Small programs that show how to use Empathy Agent; the tests run every one of them."""
