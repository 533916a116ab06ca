"""The LangGraph agent: read graph.py first."""
