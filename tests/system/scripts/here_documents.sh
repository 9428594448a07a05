# Here-documents: expansion, quoting, tabs, nesting, large ones.
name=world
cat <<EOF
hello $name $((2 + 3)) $(echo sub)
EOF
cat <<'EOF'
hello $name
EOF
cat <<-EOF
	tabs go
EOF
cat <<A; cat <<B
first
A
second
B
big=$(seq 1 5000)
cat <<EOF | tail -1
$big
EOF
while read line; do echo "[$line]"; done <<EOF
x y
z
EOF
