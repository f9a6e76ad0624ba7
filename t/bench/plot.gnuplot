# SPDX-License-Identifier: Apache-2.0
# gnuplot -e "data='FILE'; output_file='FILE'" plot.gnuplot
# Columns of the data: sessions, MB/s, seconds to the first byte.
set terminal svg size 820,460 dynamic enhanced font 'sans-serif,13' background rgb 'white'
set output output_file
set title 'Export of the whole database, plain HTTP/1.1, one client'
set logscale x 10
set format x '10^{%T}'
set xlabel 'sessions'
set ylabel 'throughput, MB/s'
set y2label 'time to first byte, ms'
set yrange [0:*]
set y2range [0:*]
set ytics nomirror
set y2tics
set grid ytics
set key bottom center horizontal outside
plot data using 1:2 axes x1y1 with linespoints lw 2 pt 7 lc rgb '#0b6e99' title 'throughput', \
     data using 1:($3 * 1000) axes x1y2 with linespoints lw 2 pt 5 lc rgb '#c4572b' \
         title 'time to first byte'
