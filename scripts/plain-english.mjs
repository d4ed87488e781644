// Finds words that docs/style.md replaces, in comments and in Markdown.
//   node scripts/plain-english.mjs PATH…    files and folders
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const WORDS = /\b(told|tells|stands|whoever|anew)\b/i;

const filesOf = (path) =>
  statSync(path).isDirectory() ? readdirSync(path).flatMap((name) => filesOf(join(path, name))) : [path];

const COMMENT = {
  rs: /(^|\s)\/\/.*$/, ts: /(^|\s)(\/\/|\/\*| \* ).*$/, mjs: /(^|\s)(\/\/|\/\*| \* ).*$/, css: /\/\*.*$/,
  sh: /(^|\s)#.*$/, toml: /(^|\s)#.*$/, yml: /(^|\s)#.*$/, md: /.*/,
};
const kindOf = (path) => path.split('.').pop();

// What a reader reads as prose: code in backticks and code blocks keep their names.
function prose(path) {
  let isCode = false;
  return readFileSync(path, 'utf8').split('\n').map((line) => {
    if (!path.endsWith('.md')) return line.match(COMMENT[kindOf(path)])?.[0] ?? '';
    if (line.startsWith('```')) isCode = !isCode;
    return isCode ? '' : line;
  }).map((line) => line.replace(/`[^`]*`/g, ''));
}

const found = process.argv.slice(2).flatMap(filesOf).filter((path) => kindOf(path) in COMMENT).flatMap((path) =>
  prose(path).flatMap((line, index) => {
    const word = line.match(WORDS);
    return word ? [`${path}:${index + 1}: "${word[0]}"`] : [];
  }));
if (found.length > 0) {
  console.error(`error: docs/style.md has plainer words for these:\n${found.join('\n')}`);
  process.exit(1);
}
