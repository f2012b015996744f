// What DevTools would upload: everything but what `packOptions.ignore` of project.config.json names.
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/** WeChat's limit of the main package. */
export const PACKAGE_MAX = 2 * 1024 * 1024;

/** Paths relative to the folder, with their sizes. */
export function packageFiles(root) {
  const { ignore } = JSON.parse(readFileSync(join(root, 'project.config.json'), 'utf8')).packOptions;
  return walk(root, root, ignore);
}

export function packageSize(root) {
  return packageFiles(root).reduce((sum, { size }) => sum + size, 0);
}

function walk(root, folder, ignore) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const full = join(folder, entry.name);
    const path = relative(root, full).split(sep).join('/');
    // DevTools never uploads its own and Git's files.
    if (entry.name === '.git' || path === 'project.config.json' || path === 'project.private.config.json') return [];
    if (ignore.some((rule) => matches(rule, path, entry.isDirectory()))) return [];
    return entry.isDirectory() ? walk(root, full, ignore) : [{ path, size: statSync(full).size }];
  });
}

function matches({ type, value }, path, isFolder) {
  // A linked folder too.
  if (type === 'folder') return path === value;
  if (type === 'file') return !isFolder && path === value;
  if (type === 'suffix') return !isFolder && path.endsWith(value);
  throw new Error(`packOptions.ignore: ${type} is not known here`);
}
