echo f > f; mkdir tree; echo t > tree/t
