// Watches every page of a test: a console error or warning, an uncaught exception, a violated
// Content-Security-Policy, or an answer of 5xx fails the test, unless it was declared.
import { expect, type BrowserContext } from '@playwright/test';

/** What went wrong unnoticed, and what may. */
export class Guard {
    private readonly seen: string[] = [];
    private readonly expected: RegExp[] = [];

    /** Declares trouble that a test brings about; matched against one line of it. */
    expectTrouble(...patterns: RegExp[]): void {
        this.expected.push(...patterns);
    }

    /** The refusal of one call that a test provokes, which the browser reports on its console. */
    expectStatus(status: number, path: string): void {
        const address = path.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
        this.expectTrouble(
            new RegExp(`^console error: .*status of ${status} .*${address}\\d*(\\?\\S*)?\\]$`),
            new RegExp(`^status ${status}: \\w+ \\S*${address}\\d*(\\?\\S*)?$`),
        );
    }

    /** What a browser says of a socket and calls that find no server. */
    expectNoNetwork(): void {
        this.expectTrouble(
            /^console (error|warning): WebSocket connection to '\S+' failed/,
            /^console error: Failed to load resource: net::ERR_(INTERNET_DISCONNECTED|CONNECTION_REFUSED|CONNECTION_RESET|EMPTY_RESPONSE|SOCKET_NOT_CONNECTED|NETWORK_CHANGED)/,
        );
    }

    /** Watches all pages of a context. */
    async watch(context: BrowserContext): Promise<void> {
        context.on('console', (message) => {
            if (['error', 'warning', 'assert'].includes(message.type())) {
                this.note(`console ${message.type()}: ${message.text()} [${message.location().url}]`);
            }
        });
        context.on('weberror', (error) => this.note(`exception: ${error.error().stack ?? error.error().message}`));
        context.on('response', (response) => {
            if (response.status() >= 500) {
                this.note(`status ${response.status()}: ${response.request().method()} ${response.url()}`);
            }
        });
        await context.exposeBinding('bedsideViolation', (_, text: string) => this.note(`policy: ${text}`));
        await context.addInitScript(() => {
            document.addEventListener('securitypolicyviolation', (event) => {
                const report = (window as unknown as { bedsideViolation(text: string): void }).bedsideViolation;
                report(`${event.effectiveDirective} blocked ${event.blockedURI} in ${event.sourceFile}:${event.lineNumber}`);
            });
        });
    }

    /** Fails when something happened that was not declared. */
    check(): void {
        const trouble = this.seen.filter((line) => !this.expected.some((pattern) => pattern.test(line)));
        expect(trouble, 'pages must be free of errors, warnings and violations').toEqual([]);
    }

    private note(line: string): void {
        this.seen.push(line.replaceAll('\n', ' '));
    }
}
