"""What the operations do, one module with `handlers` for each chapter of the vendor's document."""
