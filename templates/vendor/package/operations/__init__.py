"""What the operations do, one module for each chapter of the vendor's document."""
