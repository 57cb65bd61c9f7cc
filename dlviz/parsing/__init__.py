"""What people type, read: samples, pictures, arrays and ranges of units."""
