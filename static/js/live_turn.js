// One turn in the making: its event stream, drawn as it comes, and then the server's own rendering.
import { getFragment, parse, Problem } from "./api.js";
import { clearNotices, problemNotice } from "./notices.js";

const LAST = ["turn.done", "turn.failed", "turn.stopped"];
const STATES = { pending: "running", done: "done", failed: "failed", rejected: "not allowed", awaiting_approval: "waits" };
const AGAIN = 1500;
const LOOKS = [2000, 4000, 8000];

export class LiveTurn {
  /** `onEnd(turnElement, {undid})` follows the end, `onChange()` every tool that changed rows. */
  constructor(element, { onEnd, onChange }) {
    this.element = element;
    this.id = element.dataset.turn;
    this.onEnd = onEnd;
    this.onChange = onChange;
    this.closed = false;
    this.follow();
  }

  follow() {
    this.text = null;
    this.arrived = "";
    this.ending = 0;
    this.source = new EventSource(`/api/turns/${this.id}/events/`);
    this.on("turn.started", () => this.started());
    this.on("memory.recalled", () => this.showRecalled());
    this.on("text.delta", ({ text }) => this.append(text));
    this.on("text.reset", ({ text }) => this.reset(text));
    this.on("tool.call", (call) => this.showCall(call, "pending"));
    this.on("tool.result", (call) => this.finishCall(call));
    this.on("approval.required", () => this.showApproval());
    for (const name of LAST) this.on(name, () => this.ended());
    this.source.addEventListener("error", () => {
      // While it is CONNECTING the browser comes back by itself, with Last-Event-ID.
      if (this.source.readyState === EventSource.CLOSED) this.settle();
    });
  }

  on(name, act) {
    this.source.addEventListener(name, (event) => {
      if (this.closed) return;
      clearTimeout(this.ending);
      act(JSON.parse(event.data));
    });
  }

  close() {
    this.closed = true;
    clearTimeout(this.ending);
    clearTimeout(this.retrying);
    this.source.close();
  }

  started() {
    if (this.over) this.text = null;
    this.over = false;
  }

  ended() {
    this.over = true;
    // A turn that was tried again replays its first end before it goes on.
    this.ending = setTimeout(() => this.settle(), 60);
  }

  append(text) {
    if (this.text === null) this.reset("");
    this.arrived += text;
    this.frame ??= requestAnimationFrame(() => this.flush());
  }

  reset(text) {
    this.arrived = "";
    this.text = document.createTextNode(text);
    this.element.querySelector(".streaming")?.replaceChildren(this.text);
  }

  flush() {
    this.frame = undefined;
    this.text?.appendData(this.arrived);
    this.arrived = "";
  }

  showCall({ id, name }, status) {
    this.element.querySelector(".approval")?.remove();
    const calls = this.element.querySelector(".calls");
    let chip = Array.from(calls.children).find((each) => each.dataset.call === id);
    if (!chip) {
      chip = document.getElementById("new-call").content.firstElementChild.cloneNode(true);
      chip.dataset.call = id;
      calls.append(chip);
    }
    chip.dataset.status = status;
    chip.querySelector(".call-name").textContent = name.replaceAll("_", " ");
    chip.querySelector(".call-state").textContent = STATES[status] ?? status;
  }

  finishCall(call) {
    this.showCall(call, call.status);
    if (call.changed) this.onChange();
  }

  async showRecalled() {
    const chips = (await this.fetch())?.querySelector(".recalled");
    if (!chips || this.closed) return;
    this.element.querySelector(".recalled")?.remove();
    this.element.querySelector(".reply-text").after(chips);
  }

  async showApproval() {
    const fresh = await this.fetch();
    const card = fresh?.querySelector(".approval");
    if (!card || this.closed) return;
    this.element.querySelector(".approval")?.remove();
    this.element.querySelector(".calls").replaceWith(fresh.querySelector(".calls"));
    this.element.querySelector(".reply").append(card);
    this.element.dataset.status = "awaiting_approval";
    window.htmx.process(card);
  }

  async settle() {
    this.source.close();
    const fresh = await this.fetch();
    if (this.closed) return;
    if (!fresh || "live" in fresh.dataset) {
      this.retrying = setTimeout(() => (fresh ? this.follow() : this.settle()), AGAIN);
      return;
    }
    this.close();
    clearNotices();
    this.element.removeAttribute("data-live");
    this.element.dataset.status = fresh.dataset.status;
    this.element.querySelector(".reply").replaceWith(fresh.querySelector(".reply"));
    window.htmx.process(this.element);
    this.onEnd(this.element);
    if ("learns" in fresh.dataset) this.learn();
  }

  /** What the exchange taught is stored after its end: looks for it a few times, and shows it as a receipt. */
  async learn() {
    for (const pause of LOOKS) {
      await new Promise((resume) => setTimeout(resume, pause));
      if (!this.element.isConnected) return;
      const fresh = await this.fetch();
      if (!fresh || "learns" in fresh.dataset) continue;
      const taught = fresh.querySelector(".receipts");
      const before = this.element.querySelector(".receipts, .unchanged");
      if (taught && before && !before.contains(document.activeElement)) {
        before.replaceWith(taught);
        window.htmx.process(taught);
      }
      return;
    }
  }

  async fetch() {
    try {
      return parse(await getFragment(this.element.dataset.url)).querySelector(".turn");
    } catch (error) {
      problemNotice(error);
      if (error instanceof Problem && error.status >= 400 && error.status < 500) this.close();
      return null;
    }
  }
}
