# Thousands of files through find, sort, xargs and awk.
i=0
while [ $i -lt 40 ]; do
    mkdir -p d$i
    j=0
    while [ $j -lt 60 ]; do
        echo "$i $j $((i * j))" > d$i/f$j
        j=$((j + 1))
    done
    i=$((i + 1))
done
find . -type f | wc -l
find . -type f -name 'f1*' | sort | head -5
find . -type f | sort | xargs cat | awk '{ s += $3 } END { print s, NR }'
find . -type d | sort -r | tail -3
find . -name f59 -exec cat {} + | sort -n -k1 | awk '{ print $1 }' | tail -2
find . -type f -size -1k | wc -l
find d3 -type f | sort | md5sum
find . -type f -print0 | xargs -0 rm
find . -type f | wc -l
rmdir d*; ls | wc -l
