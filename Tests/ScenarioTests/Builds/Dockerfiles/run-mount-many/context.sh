mkdir many; for i in $(seq 300); do echo "file $i" > many/$i; done
