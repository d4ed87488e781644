// Intercepts the socket between a page and the server, to hold back or replace frames.
import type { Page, WebSocketRoute } from '@playwright/test';

/** A frame of the contract. */
export interface Frame {
    type: string;
    clientId?: string;
    message?: { clientId: string };
    [field: string]: unknown;
}

/** Intercepts the sockets of a page. Set it up before navigation. */
export class SocketTap {
    /** The frames that the page sent, oldest first. */
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

    /** From now on, holds back the server's frames about stored messages. */
    hold(): void {
        this.held = [];
    }

    /** Lets through the frames that were held back and all later ones. */
    release(): void {
        const held = this.held ?? [];
        this.held = undefined;
        for (const pass of held) {
            pass();
        }
    }

    /** From now on, rejects every send. The server receives none of them. */
    refuse(code: string): void {
        this.swallow = (frame) => ({ type: 'rejected', clientId: frame.clientId, code, detail: 'Refused by the test.' });
    }

    /** From now on, drops every send without an answer. */
    lose(): void {
        this.isLosing = true;
    }

    /** Lets sends through again after `lose`. */
    find(): void {
        this.isLosing = false;
    }

    /** Drops all frames in both directions on the open sockets, without closing them. */
    muteThisOne(): void {
        this.mutedUpTo = this.latest;
    }

    /** Lets sends through again after `refuse`. */
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

/** Intercepts a page's socket. Pass `before` to the page; `tap()` works once the page is open. */
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

/** Like `before`, with a clock that the test controls. */
export function withClock(before: (page: Page) => Promise<void>): (page: Page) => Promise<void> {
    return async (page) => {
        await page.clock.install();
        await before(page);
    };
}

/** Like a broken proxy: pages load, but sockets are closed until `isOpen` is set. */
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
