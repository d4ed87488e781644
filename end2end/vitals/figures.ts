// What is measured, in numbers: from the measuring files to the report.
import type { TestInfo } from '@playwright/test';

/** One line of the report. */
export interface Figure {
    what: string;
    unit: 's' | 'ms' | 'kB' | '%' | 'fps' | '';
    /** One for each run. */
    values: number[];
    goal?: { is: 'at most' | 'at least'; value: number };
    /** Without a goal: whether more is better. */
    isMoreBetter?: boolean;
}

/** A part of the report. */
export interface Part {
    title: string;
    figures: Figure[];
    /** What the numbers don't say, such as what took the time. */
    notes: string[];
}

/** Under this name a part travels to the report. */
export const PART = 'part of the report';

/** Hands a part to the report. */
export async function report(info: TestInfo, part: Part): Promise<void> {
    if (part.figures.some(({ values }) => values.length === 0 || !values.every(Number.isFinite))) {
        throw new Error(`something was not measured: ${JSON.stringify(part.figures)}`);
    }
    await info.attach(PART, { body: JSON.stringify(part), contentType: 'application/json' });
}

/** How quick the machine itself was, which may be twice as quick a minute later: Lighthouse's benchmark index. */
export function machine(values: number[]): Figure {
    return { what: 'the machine itself (benchmark index)', unit: '', values, isMoreBetter: true };
}

export function median(values: number[]): number {
    const sorted = [...values].sort((a, b) => a - b);
    const middle = sorted.length / 2;
    const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
    if (low === undefined || high === undefined) {
        throw new Error('nothing has no median');
    }
    return (low + high) / 2;
}

/** The run that is furthest from what one wants. */
export function worst({ values, goal, isMoreBetter: isMore, unit }: Figure): number {
    const isMoreBetter = goal ? goal.is === 'at least' : (isMore ?? unit === 'fps');
    return isMoreBetter ? Math.min(...values) : Math.max(...values);
}

/** Whether a goal is reached: by the worst run, or only by the median. */
export function reached(figure: Figure): string {
    const { goal } = figure;
    if (!goal) {
        return '–';
    }
    const fits = (value: number) => (goal.is === 'at most' ? value <= goal.value : value >= goal.value);
    return fits(worst(figure)) ? 'yes' : fits(median(figure.values)) ? 'by the median' : 'no';
}

/** The one whose number is in the middle. */
export function middle<T>(all: T[], number: (one: T) => number): T {
    const sorted = [...all].sort((a, b) => number(a) - number(b));
    const one = sorted[Math.floor(sorted.length / 2)];
    if (one === undefined) {
        throw new Error('nothing has no middle');
    }
    return one;
}
