"""How results look to a person, as text and as HTML."""
from __future__ import annotations
def ledger_text(ledger): return "Ledger"
def ledger_html(ledger): return "<p>Ledger</p>"
def observations_text(obs): return "Observations"
def observations_html(obs): return "<p>Observations</p>"
def aggregate_text(a): return "Aggregate"
def aggregate_html(a): return "<p>Aggregate</p>"
def citations(obs): return []
