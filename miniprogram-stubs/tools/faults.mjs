// Every fault that can be found without a phone: WeChat's own compilers, and checks of the project.
import { createRequire } from 'node:module';
import { packageFiles } from './package-files.mjs';
import { projectFaults } from './project.mjs';

const require = createRequire(import.meta.url);
const compiler = require('miniprogram-compiler');
// The package's own wrapper drops what this one says is wrong.
const wcsc = require('miniprogram-compiler/src/wcsc');

/** Faults of the project in a folder, as `file: what`, and what it holds. */
export function faultsOf(root) {
  const ending = (end) => packageFiles(root).map(({ path }) => path).filter((path) => path.endsWith(end));
  const [views, scripts, styles] = [ending('.wxml'), ending('.wxs'), ending('.wxss')];
  const { faults, size, count } = projectFaults(root);
  const compiled = (name, work) => {
    try {
      const made = work();
      if (made instanceof Error) throw made;
      if (!made) faults.push(`${name} gave nothing`);
    } catch (error) {
      faults.push(`${name}: ${String(error.message ?? error).trim()}`);
    }
  };
  compiled('wcc', () => compiler.wxmlToJs(root, { wxmlList: views, wxsList: scripts }));
  compiled('wcsc', () => wcsc(root, styles.map((path) => path.slice(0, -'.wxss'.length))));
  return { faults, size, count, views: views.length, styles: styles.length };
}
