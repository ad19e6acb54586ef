mkdir tree; echo a > tree/a.txt; echo b > tree/b.txt; echo l > '$literal'
