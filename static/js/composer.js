// The text box: grows, counts, sends on Enter, and becomes Stop while an answer is written.

const NEARLY_FULL = 200;

export class Composer {
  /** `onSend(text)` for what is typed or chosen; `onStop()` for the Stop button and Escape. */
  constructor(form, { onSend, onStop }) {
    this.form = form;
    this.box = form.elements.message;
    this.counter = form.querySelector(".counter");
    this.sendButton = form.querySelector("[data-send-button]");
    this.stopButton = form.querySelector("[data-stop-button]");
    this.onSend = onSend;
    this.onStop = onStop;
    this.busy = false;
    this.restore();
    this.listen();
  }

  listen() {
    this.box.addEventListener("input", () => this.typed());
    this.box.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.form.requestSubmit(this.sendButton);
    });
    this.stopButton.addEventListener("click", () => this.onStop());
    document.addEventListener("keydown", (event) => this.shortcut(event));
  }

  shortcut(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector("dialog[open], .side.is-open")) return;
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key === "/" && !typing) {
      event.preventDefault();
      this.box.focus();
    } else if (event.key === "Escape" && this.busy) {
      this.onStop();
    }
  }

  submit() {
    const text = this.box.value.trim();
    if (!text) return;
    if (this.busy) {
      this.say("Wait for the answer, or stop it.");
      return;
    }
    this.set("");
    this.onSend(text);
  }

  set(text) {
    this.box.value = text;
    this.typed();
  }

  typed() {
    this.say("");
    this.grow();
    this.count();
    sessionStorage.setItem(this.draftKey, this.box.value);
  }

  grow() {
    if (CSS.supports("field-sizing", "content")) return;
    this.box.style.height = "auto";
    this.box.style.height = `${this.box.scrollHeight}px`;
  }

  count() {
    const left = this.box.maxLength - this.box.value.length;
    this.counter.hidden = left > NEARLY_FULL && !this.counter.dataset.said;
    this.counter.textContent = this.counter.dataset.said || `${left} left`;
    this.counter.classList.toggle("full", left <= 0);
  }

  say(words) {
    this.counter.dataset.said = words;
    this.count();
  }

  setBusy(busy) {
    const focused = [this.sendButton, this.stopButton].includes(document.activeElement);
    this.busy = busy;
    this.sendButton.hidden = busy;
    this.stopButton.hidden = !busy;
    this.stopButton.disabled = false;
    if (!busy) this.say("");
    if (focused) this.box.focus();
  }

  stopping() {
    // A disabled button drops the focus onto the page.
    if (document.activeElement === this.stopButton) this.box.focus();
    this.stopButton.disabled = true;
  }

  /** Puts text where the next page will find it, unless something else was typed meanwhile. */
  keep(text) {
    if (!this.box.value) sessionStorage.setItem(this.draftKey, text);
  }

  get draftKey() {
    return `draft:${location.pathname}`;
  }

  restore() {
    if (!this.box.value) this.box.value = sessionStorage.getItem(this.draftKey) ?? "";
    this.grow();
    this.count();
  }
}
