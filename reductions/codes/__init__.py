"""Finite fields, linear codes with a product code, and the gadgets that turn one coin's check into Hamming distances."""
