// Compiles and checks the project; ends with 1 on any fault.
import { fileURLToPath } from 'node:url';
import { faultsOf } from './faults.mjs';

const { faults, size, count, views, styles } = faultsOf(fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, ''));
for (const fault of faults) console.error(`compile: ${fault}`);
if (faults.length) process.exit(1);
console.log(`compile: ${views} WXML, ${styles} WXSS, ${count} files, ${(size / 1024).toFixed(0)} KB of 2048 KB`);
