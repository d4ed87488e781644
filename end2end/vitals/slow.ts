// Makes a page as slow as an old phone on a poor connection.
import type { CDPSession, Page } from '@playwright/test';

/** A connection as DevTools imitates it: each request waits `latency` before its answer begins. */
export interface Network {
    latency: number;
    downKbps: number;
    upKbps: number;
}

/** Slow 4G by Lighthouse's definition, and what Lighthouse and DevTools ask of the browser for it: connections and
 *  handshakes take round trips of their own, which the browser doesn't imitate. */
export const SLOW_4G: Network = { latency: 150, downKbps: 1.6 * 1024, upKbps: 750 };
export const SLOW_4G_OF_DEVTOOLS: Network = { latency: 150 * 3.75, downKbps: 1.6 * 1024 * 0.9, upKbps: 750 * 0.9 };

export const CPU_SLOWDOWN = 4;

/** The telephone that Lighthouse imitates. */
export const PHONE = { viewport: { width: 412, height: 823 }, deviceScaleFactor: 1.75, isMobile: true, hasTouch: true };

export const COMPUTER = { viewport: { width: 1280, height: 800 } };

export async function slowDown(page: Page, network: Network): Promise<CDPSession> {
    const session = await page.context().newCDPSession(page);
    await showWhole(page, session);
    await session.send('Network.enable');
    await session.send('Network.emulateNetworkConditions', {
        offline: false,
        latency: network.latency,
        downloadThroughput: (network.downKbps * 1024) / 8,
        uploadThroughput: (network.upKbps * 1024) / 8,
    });
    await session.send('Emulation.setCPUThrottlingRate', { rate: CPU_SLOWDOWN });
    return session;
}

/** Makes the window as large as what is drawn into it. Chromium imitates a screen of finer pixels in a window that has
 *  them no finer: three fifths of it lie outside, and what changes there counts as shown when something else is. */
async function showWhole(page: Page, session: CDPSession): Promise<void> {
    const { windowId } = await session.send('Browser.getWindowForTarget');
    const { width, height } = await page.evaluate(() => ({
        width: Math.ceil(innerWidth * devicePixelRatio),
        height: Math.ceil(innerHeight * devicePixelRatio),
    }));
    await session.send('Browser.setWindowBounds', { windowId, bounds: { width: width + 200, height: height + 200 } });
}
