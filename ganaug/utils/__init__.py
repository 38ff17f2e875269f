"""What every part uses: errors, atomic files, safe YAML, pixels, random numbers, hardware."""
