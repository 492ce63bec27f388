const xs = Array.from({ length: 10000 }, (_, i) => i);
let total = 0;
for (let k = 1000; k > 0; k--) total += xs.map(x => x * 3 + k).filter(x => x % 2 === 0).reduce((a, x) => a + x, 0);
console.log(String(total));
