// Stands between a page and the server's socket, to hold back or forge what the server says.
import type { Page, WebSocketRoute } from '@playwright/test';

/** A frame of the contract. */
export interface Frame {
    type: string;
    clientId?: string;
    message?: { clientId: string };
    [field: string]: unknown;
}

/** The page's socket, through our hands. Set up before the page is opened. */
export class SocketTap {
    /** What the page sent, oldest first. */
    readonly sent: Frame[] = [];
    private isLosing = false;
    private latest = 0;
    private mutedUpTo = -1;
    private held: (() => void)[] | undefined;
    private swallow: (frame: Frame) => Frame | undefined = () => undefined;

    static async on(page: Page): Promise<SocketTap> {
        const tap = new SocketTap();
        await page.routeWebSocket(/\/ws$/, (socket) => tap.connect(socket));
        return tap;
    }

    /** Keeps back from now on what the server says of stored messages. */
    hold(): void {
        this.held = [];
    }

    /** Lets through what was kept back, and everything after it. */
    release(): void {
        const held = this.held ?? [];
        this.held = undefined;
        for (const pass of held) {
            pass();
        }
    }

    /** Answers every send with a refusal from now on; the server sees none of them. */
    refuse(code: string): void {
        this.swallow = (frame) => ({ type: 'rejected', clientId: frame.clientId, code, detail: 'Refused by the test.' });
    }

    /** Loses every send from now on: the server sees none, and nobody answers. */
    lose(): void {
        this.isLosing = true;
    }

    /** Lets sends through to the server again after `lose`. */
    find(): void {
        this.isLosing = false;
    }

    /** Swallows everything both ways on the sockets that are open now, without ending anything: as a network can. */
    muteThisOne(): void {
        this.mutedUpTo = this.latest;
    }

    /** Lets sends through to the server again. */
    accept(): void {
        this.swallow = () => undefined;
    }

    /** How many frames of a type the page sent. */
    count(type: string): number {
        return this.sent.filter((frame) => frame.type === type).length;
    }

    private connect(socket: WebSocketRoute): void {
        const server = socket.connectToServer();
        this.latest += 1;
        const number = this.latest;
        const isSwallowed = () => number <= this.mutedUpTo;
        socket.onMessage((data) => {
            if (isSwallowed()) {
                return;
            }
            const frame = JSON.parse(String(data)) as Frame;
            this.sent.push(frame);
            if (this.isLosing && frame.type === 'send') {
                return;
            }
            const answer = frame.type === 'send' ? this.swallow(frame) : undefined;
            if (answer) {
                socket.send(JSON.stringify(answer));
            } else {
                server.send(data);
            }
        });
        server.onMessage((data) => {
            if (isSwallowed()) {
                return;
            }
            const frame = JSON.parse(String(data)) as Frame;
            const pass = () => socket.send(data);
            if (this.held && ['ack', 'message', 'chat'].includes(frame.type)) {
                this.held.push(pass);
            } else {
                pass();
            }
        });
    }
}

/** Prepares a page whose socket is in the test's hands: pass `before` on, and `tap()` is there once it is open. */
export function tapped(): { before: (page: Page) => Promise<void>; tap: () => SocketTap } {
    let tap: SocketTap | undefined;
    return {
        before: async (page) => {
            tap = await SocketTap.on(page);
        },
        tap: () => {
            if (!tap) {
                throw new Error('the page is not open yet');
            }
            return tap;
        },
    };
}

/** Prepares a page like `before`, with a clock that the test moves on. */
export function withClock(before: (page: Page) => Promise<void>): (page: Page) => Promise<void> {
    return async (page) => {
        await page.clock.install();
        await before(page);
    };
}

/** Lets pages load but no socket through, as a captive or broken proxy does, until it is `open`. */
export class Proxy {
    isOpen = false;

    readonly before = async (page: Page): Promise<void> => {
        await page.context().routeWebSocket(/\/ws$/, (socket) => {
            if (this.isOpen) {
                socket.connectToServer();
            } else {
                void socket.close({ code: 1013 });
            }
        });
    };
}
