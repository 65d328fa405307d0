"""Claims derived here about attention as it is run: under masks, causal, in windows, differentiated, with rotary positions."""
