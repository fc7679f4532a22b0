"""What was promised: claims of vendors, profiles of uses, baselines."""
