// Finds loops between modules. Of two modules in the same folder (with everything in their own folders) only one
// may use the other. A module in a folder may use what its parent file defines. A re-exported name (`pub use`)
// counts where it is defined.
//   node scripts/module-loops.mjs CRATE/src…
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** All modules below a folder: their path in the crate, and their code without comments and tests. */
function load(folder, path = []) {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
        const at = join(folder, entry.name);
        if (entry.isDirectory()) return load(at, [...path, entry.name]);
        if (!entry.name.endsWith('.rs') || entry.name === 'tests.rs') return [];
        const name = entry.name.slice(0, -3);
        const code = readFileSync(at, 'utf8').replace(/\/\/.*$/gm, '').replace(/#\[cfg\(test\)\][^;]*?\bmod tests \{[^]*/, '');
        return [{ path: path.length === 0 && ['lib', 'main'].includes(name) ? [] : [...path, name], code }];
    });
}

/** The paths that a `use` tree names, each with the name that it has afterwards. */
function expand(tree, before = []) {
    const brace = tree.indexOf('{');
    if (brace < 0) {
        const [path, name] = tree.split(/\s+as\s+/);
        const segments = [...before, ...path.trim().split('::')].filter((segment) => segment !== '');
        if (segments.at(-1) === 'self') segments.pop();
        return [{ segments, name: (name ?? segments.at(-1)).trim() }];
    }
    const head = [...before, ...tree.slice(0, brace).trim().split('::').filter(Boolean)];
    const parts = [''];
    let depth = 0;
    for (const letter of tree.slice(brace + 1, tree.lastIndexOf('}'))) {
        depth += letter === '{' ? 1 : letter === '}' ? -1 : 0;
        if (letter === ',' && depth === 0) parts.push('');
        else parts[parts.length - 1] += letter;
    }
    return parts.filter((part) => part.trim() !== '').flatMap((part) => expand(part, head));
}

function loopsOf(root) {
    const modules = new Map(load(root).map((module) => [module.path.join('::'), { ...module, uses: [], passedOn: new Map() }]));
    const absolute = ({ path }, segments) => {
        let at = [...path];
        let rest = [...segments];
        if (rest[0] === 'crate') [at, rest] = [[], rest.slice(1)];
        else if (rest[0] === 'self' || rest[0] === 'super') {
            for (; rest[0] === 'self' || rest[0] === 'super'; rest = rest.slice(1)) if (rest[0] === 'super') at.pop();
        } else if (!modules.has([...at, rest[0]].join('::'))) return undefined;
        return [...at, ...rest];
    };
    for (const module of modules.values()) {
        const body = module.code.replace(/\b(pub(?:\([^)]*\))?\s+)?use\s+([^;]+);/g, (_, isPassedOn, tree) => {
            for (const { segments, name } of expand(tree.replace(/\s+/g, ' '))) {
                const target = absolute(module, segments);
                if (target && isPassedOn) module.passedOn.set(name, target);
                if (target && !isPassedOn) module.uses.push(target);
            }
            return '';
        });
        for (const [path] of body.matchAll(/\b[a-z_]\w*(?:::\w+)+/g)) {
            const target = absolute(module, path.split('::'));
            if (target) module.uses.push(target);
        }
    }
    /** The module that defines what a path names. */
    const defining = (target, hops = 0) => {
        for (let length = target.length; length >= 0; length--) {
            const module = modules.get(target.slice(0, length).join('::'));
            if (!module) continue;
            const passedOn = module.passedOn.get(target[length]) ?? module.passedOn.get('*');
            return passedOn && hops < 8 ? defining([...passedOn, ...target.slice(length + 1)], hops + 1) : module.path;
        }
        return [];
    };
    const edges = new Map();
    for (const { path, uses } of modules.values()) {
        for (const to of uses.map((target) => defining(target))) {
            let shared = 0;
            while (shared < path.length && path[shared] === to[shared]) shared++;
            if (shared === path.length || shared === to.length) continue;
            const [from, into] = [path, to].map((module) => module.slice(0, shared + 1).join('::'));
            const why = edges.get(from) ?? edges.set(from, new Map()).get(from);
            why.set(into, `${path.join('::')} uses ${to.join('::')}`);
        }
    }
    /** The shortest way from one module back to itself. */
    const loop = (start) => {
        const ways = [[start]];
        const seen = new Set();
        for (const way of ways) {
            for (const next of edges.get(way.at(-1))?.keys() ?? []) {
                if (next === start) return [...way, start];
                if (!seen.has(next)) ways.push([...way, next]);
                seen.add(next);
            }
        }
        return undefined;
    };
    const found = new Map();
    for (const way of [...edges.keys()].map(loop)) {
        if (way) found.set([...new Set(way)].sort().join(' '), way.slice(1).map((to, n) => edges.get(way[n]).get(to)));
    }
    return [...found.values()];
}

const loops = process.argv.slice(2).filter(existsSync).flatMap((root) => loopsOf(root).map((loop) => ({ root, loop })));
for (const { root, loop } of loops) console.error(`error: a loop of modules in ${root}:\n    ${loop.join('\n    ')}`);
process.exit(loops.length === 0 ? 0 : 1);
