echo f > f; mkdir -p tree/d; echo t > tree/d/t
