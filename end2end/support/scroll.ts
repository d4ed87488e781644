// Measures and scrolls the conversation.
import { expect } from '@playwright/test';
import type { ChatPage } from './pages.ts';

/** A message and its distance from the top of the screen, in px. */
export interface Mark {
    text: string;
    top: number;
}

/** The nearest scrollable element around the log. */
export class Scroll {
    constructor(private readonly view: ChatPage) {}

    /** Scrolls to a position between the first message (0) and the newest (1). */
    async to(share: number): Promise<void> {
        await this.view.log.evaluate((log, share) => {
            let part: Element | null = log;
            while (part && !(part.scrollHeight > part.clientHeight && /auto|scroll/.test(getComputedStyle(part).overflowY))) {
                part = part.parentElement;
            }
            if (!part) {
                throw new Error('nothing scrolls around the conversation');
            }
            const way = part.scrollHeight - part.clientHeight;
            // In a reversed column, the end is 0 and earlier positions are negative.
            part.scrollTop = getComputedStyle(part).flexDirection === 'column-reverse' ? (share - 1) * way : share * way;
        }, share);
    }

    /** The first message that is completely in view. */
    async firstVisible(): Promise<Mark> {
        const mark = await this.view.log.evaluate((log): Mark | undefined => {
            let part: Element | null = log;
            while (part && !(part.scrollHeight > part.clientHeight && /auto|scroll/.test(getComputedStyle(part).overflowY))) {
                part = part.parentElement;
            }
            const edge = part?.getBoundingClientRect().top ?? 0;
            for (const text of log.querySelectorAll('p')) {
                const top = text.getBoundingClientRect().top;
                if (top >= edge && text.getAttribute('role') !== 'separator') {
                    return { text: text.textContent ?? '', top };
                }
            }
            return undefined;
        });
        if (!mark) {
            throw new Error('no message is in view');
        }
        return mark;
    }

    /** Waits until a message is at its earlier position, within 2 px. */
    async expectStays(mark: Mark): Promise<void> {
        await expect(async () => {
            const box = await this.view.bubble(mark.text).boundingBox();
            expect(Math.abs((box?.y ?? Number.NaN) - mark.top)).toBeLessThanOrEqual(2);
        }).toPass({ timeout: 4_000 });
    }
}
