// Accessibility checks with axe: no violation of WCAG 2.2 AA of any impact.
import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa', 'best-practice'];

/** Fails on every violation. `what` names the page in the message, `except` lists rules to skip. */
export async function expectAccessible(page: Page, what: string, except: string[] = []): Promise<void> {
    const { violations } = await new AxeBuilder({ page }).withTags(TAGS).disableRules(except).analyze();
    const found = violations.map(({ id, help, nodes }) => ({
        rule: id,
        help,
        where: nodes.map((node) => `${node.target.join(' ')} — ${node.failureSummary?.split('\n')[1]?.trim() ?? ''}`),
    }));
    expect(found, what).toEqual([]);
}
