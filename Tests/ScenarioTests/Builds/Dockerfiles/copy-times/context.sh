echo o > old; touch -d @100000 old; mkdir tree; echo n > tree/n; touch -d @1000000000 tree/n; echo z > tree/z; touch -d @0 tree/z
