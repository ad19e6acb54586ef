echo f > f; mkdir -p tree/d; echo t > tree/t; chmod 750 tree/t; echo n > tree/n; chmod 666 tree/n
