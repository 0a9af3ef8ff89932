//! Pairs of figures made by hand.
