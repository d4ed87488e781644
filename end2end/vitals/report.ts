// Gathers what was measured into a table, on the screen and as Markdown in the file that BEDSIDE_VITALS_REPORT names.
import type { FullConfig, FullResult, Reporter, TestCase, TestResult } from '@playwright/test/reporter';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { dirname, resolve } from 'node:path';
import { PART, median, reached, worst, type Figure, type Part } from './figures.ts';

const FILE = resolve(process.env.BEDSIDE_VITALS_REPORT ?? '../target/bench/vitals.md');

export default class VitalsReport implements Reporter {
    private readonly parts: Part[] = [];
    private chromium = '';
    private hasRun = false;

    onBegin(config: FullConfig): void {
        const program = config.projects[0]?.use.launchOptions?.executablePath;
        this.chromium = program ? execFileSync(program, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }) : '';
    }

    onTestEnd(_: TestCase, result: TestResult): void {
        this.hasRun = true;
        for (const { name, body } of result.attachments) {
            if (name === PART && body) {
                this.parts.push(JSON.parse(body.toString()) as Part);
            }
        }
    }

    onEnd({ status }: FullResult): void {
        if (!this.hasRun) {
            // Only listed: an earlier report stays.
            return;
        }
        const failed = status === 'passed' ? [] : ['**Measuring failed: what is missing here was not measured.**', ''];
        const text = ['# What people feel of it', '', ...failed, ...this.machine(), '', ...this.parts.flatMap(section)].join('\n');
        mkdirSync(dirname(FILE), { recursive: true });
        writeFileSync(FILE, text);
        process.stdout.write(`\n${text}`);
    }

    printsToStdio(): boolean {
        // The list beside it does: this one only adds to it.
        return false;
    }

    /** Never names or paths: the report may be published. */
    private machine(): string[] {
        const cores = cpus();
        return [
            'Measured by `npm run vitals` on:',
            '',
            `- ${cores.length} cores (${cores[0]?.model.trim() ?? 'unknown'}), shared by the server and the browser`,
            `- ${Math.round(totalmem() / 2 ** 20)} MB of memory`,
            `- ${/^\S+ \S+/.exec(this.chromium)?.[0] ?? 'an unknown Chromium'}, without a screen and a graphics card`,
        ];
    }
}

function section({ title, figures, notes }: Part): string[] {
    const rows = figures.map((figure) => [
        figure.what,
        figure.goal ? `${figure.goal.is === 'at most' ? '≤' : '≥'} ${shown(figure.goal.value, figure.unit)}` : '',
        shown(median(figure.values), figure.unit),
        figure.values.length > 1 ? `${shown(worst(figure), figure.unit)} of ${figure.values.length}` : '',
        reached(figure),
    ]);
    return [`## ${title}`, '', ...table([['what', 'to reach', 'median', 'worst', 'reached'], ...rows]), '', ...notes.map((note) => `- ${note}`), ''];
}

function table(rows: string[][]): string[] {
    const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
    const lines = rows.map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`);
    return [lines[0] ?? '', `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...lines.slice(1)];
}

function shown(value: number, unit: Figure['unit']): string {
    const digits = { s: 2, ms: 0, kB: 1, '%': 1, fps: 1, '': Number.isInteger(value) ? 0 : value < 10 ? 3 : 0 }[unit];
    return `${value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })}${unit && ` ${unit}`}`;
}
