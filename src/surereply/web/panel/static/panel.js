// What a page does by itself: follows changes, rings for a person, keeps what is open open. No page needs it to be read.
"use strict";

const T = document.body.dataset;

// ── Small things ────────────────────────────────────────────────────────────────────────────────────────────────
function toast(text, kind = "") {
  const line = document.createElement("div");
  line.className = `toast ${kind}`;
  line.textContent = text;
  document.getElementById("toasts")?.append(line);
  setTimeout(() => line.remove(), 8000);
}

addEventListener("htmx:responseError", (event) => {
  const answer = event.detail.xhr;
  const isText = (answer.getResponseHeader("content-type") || "").startsWith("text/plain");
  toast(isText && answer.responseText ? answer.responseText : T.failed, "bad");
});
addEventListener("htmx:afterRequest", (event) => {
  const clears = event.detail.elt?.dataset?.clears;
  if (clears && event.detail.successful) document.getElementById(clears).value = "";
  const screen = document.querySelector("#phone .screen");
  if (screen) screen.scrollTop = screen.scrollHeight;
});
addEventListener("htmx:sendError", () => toast(T.unreachable, "bad"));

// A dialog opens with what was loaded into it; Escape and its buttons close it.
addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target?.id === "dialog-body" && event.detail.xhr.getResponseHeader("HX-Reswap") !== "none") {
    const dialog = document.getElementById("dialog");
    if (!dialog.open) dialog.showModal();
    else if (!dialog.contains(document.activeElement)) readOut(dialog);
  }
});
// Whoever pressed what is gone now goes on at the answer, and hears it; not at the top of the page behind.
function readOut(dialog) {
  const answer = dialog.querySelector("[role=alert], [role=status]") ?? dialog.querySelector("#dialog-title");
  if (!answer) return;
  answer.tabIndex = -1;
  answer.focus();
}
addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  if (target?.closest("[data-close]")) document.getElementById("dialog")?.close();
  const copied = target?.closest("[data-copy]");
  if (copied) navigator.clipboard?.writeText(copied.dataset.copy).then(() => toast(T.copied));
  const pane = target?.closest("[data-show-pane]");
  if (pane) showPane(pane.dataset.showPane);
});
addEventListener("close-dialog", () => document.getElementById("dialog")?.close());
// What was shown once is not kept behind a closed dialog.
document.getElementById("dialog")?.addEventListener("close", () => document.getElementById("dialog-body").replaceChildren());

function showPane(name) {
  const panes = document.querySelector("[data-pane]");
  if (!panes) return;
  panes.dataset.pane = name;
  for (const tab of document.querySelectorAll("[data-show-pane]")) {
    tab.setAttribute("aria-selected", String(tab.dataset.showPane === name));
  }
}

// A part that is drawn anew is morphed, not replaced: whatever is pressed, focused, selected, scrolled or typed in stays
// the same element, and a click is never lost between pressing and letting go. Rows and buttons have ids: one never
// becomes another under a finger. What somebody opened or closed stays so.
window.Idiomorph.defaults.callbacks.beforeAttributeUpdated = (name, node) => !(name === "open" && node.tagName === "DETAILS");
window.Idiomorph.defaults.ignoreActiveValue = true;
window.htmx.defineExtension("morph", {
  isInlineSwap: (style) => style === "morph",
  handleSwap: (style, target, fragment) => {
    if (!style.startsWith("morph")) return false;
    return window.Idiomorph.morph(target, fragment.children, { morphStyle: style === "morph" ? "outerHTML" : "innerHTML" });
  },
});
// The second half of a double click is for what was clicked first: what stands there by now was not meant.
let clicked = null;
addEventListener("click", (event) => {
  const meant = event.target.closest?.("button, a, summary") ?? null;
  if (event.detail > 1 && meant !== clicked) {
    event.preventDefault();
    event.stopImmediatePropagation();
  } else clicked = meant;
}, true);
// Nothing moves under a button that is held down, or a selection being drawn: news wait until it is let go.
let pressed = false;
const untilLetGo = new Set();
function letGo() {
  pressed = false;
  for (const one of untilLetGo) fresh(one);
  untilLetGo.clear();
}
addEventListener("pointerdown", () => { pressed = true; }, true);
for (const ends of ["pointerup", "pointercancel"]) addEventListener(ends, () => setTimeout(letGo), true); // after the click
addEventListener("blur", letGo);
addEventListener("htmx:beforeOnLoad", (event) => {
  const follower = event.detail.elt.closest?.("[data-follows]");
  if (!pressed || follower !== event.detail.elt) return;
  event.preventDefault();
  untilLetGo.add(follower);
});
// Who reads the end of a thread goes on reading it, whatever comes late: news, a picture, a longer draft.
const thread = document.getElementById("thread-scroll");
if (thread) {
  let atEnd = true, before = 0;
  thread.addEventListener("scroll", () => {
    const near = thread.scrollHeight - thread.scrollTop - thread.clientHeight < 80;
    atEnd = near || (atEnd && thread.scrollTop >= before); // what grew below moved nobody away from the end
    before = thread.scrollTop;
  });
  const resized = new ResizeObserver(() => { if (atEnd) thread.scrollTop = thread.scrollHeight; });
  resized.observe(thread);
  resized.observe(document.getElementById("thread"));
}
addEventListener("htmx:oobAfterSwap", tick);
// A link to what happened opens it, on the part of the page where it stands.
function openTarget() {
  const target = location.hash.length > 1 ? document.getElementById(location.hash.slice(1)) : null;
  if (!target) return;
  for (let one = target.querySelector("details") ?? target; one; one = one.parentElement) if (one.tagName === "DETAILS") one.open = true;
  if (target.closest("#pane-debug")) showPane("debug");
  target.scrollIntoView({ block: "center" });
}
addEventListener("hashchange", openTarget);
openTarget();

// Clocks that run down, such as the service window's.
function tick() {
  for (const one of document.querySelectorAll("[data-until]")) {
    const left = Math.floor((new Date(one.dataset.until) - Date.now()) / 1000);
    const hours = Math.floor(left / 3600), minutes = Math.floor((left % 3600) / 60), seconds = left % 60;
    const two = (n) => String(n).padStart(2, "0");
    one.textContent = left <= 0 ? one.dataset.over : `${hours}:${two(minutes)}:${two(seconds)}`;
    one.closest("[data-window]")?.classList.toggle("over", left <= 0);
  }
}
setInterval(tick, 1000);
tick();

// ── A sign-in link's token stands behind #, where no server sees it ────────────────────────────────────────────
const linkForm = document.getElementById("link-form");
if (linkForm && location.hash.length > 20) {
  linkForm.elements.link.value = location.hash.slice(1);
  history.replaceState(null, "", location.pathname);
  linkForm.hidden = false;
  document.getElementById("password-form").hidden = true;
  linkForm.querySelector("button").focus();
}

// ── Changes, as they happen: one stream a browser, shared by its tabs ──────────────────────────────────────────
const shared = "BroadcastChannel" in window ? new BroadcastChannel("surereply") : null;
let told = new Set(JSON.parse(sessionStorage.getItem("told") || "null") || []);
let knows = sessionStorage.getItem("told") !== null;

function follow() {
  const source = new EventSource("/stream");
  source.addEventListener("changes", (event) => tell({ kind: "changes", data: event.data }));
  source.addEventListener("attention", (event) => tell({ kind: "attention", data: event.data }));
  source.addEventListener("open", () => tell({ kind: "changes", data: '{"all":true}' }));
}
function tell(message) {
  shared?.postMessage(message);
  hear(message, true);
}
function hear({ kind, data }, first = false) {
  const said = JSON.parse(data);
  if (kind === "changes") refresh(said); else attend(said, first);
}
function refresh(said) {
  for (const one of document.querySelectorAll("[data-follows]")) {
    const wanted = one.dataset.follows;
    if (said.all || wanted === "*" || (said.conversations || []).includes(wanted)) later(one);
  }
}
// At most once in the element's own time, and not before what it is drawn from has followed; a page that nobody sees
// waits until it is looked at.
const waiting = new Map();
function later(one) {
  if (waiting.has(one)) return;
  const every = Number(one.dataset.every || 0);
  const since = Date.now() - Number(one.dataset.refreshedAt || 0);
  waiting.set(one, setTimeout(() => {
    if (document.hidden) return;
    fresh(one);
  }, Math.max(Number(one.dataset.delay || 0), every - since)));
}
function fresh(one) {
  waiting.delete(one);
  one.dataset.refreshedAt = String(Date.now());
  window.htmx.trigger(one, "changed");
}
addEventListener("visibilitychange", () => {
  if (!document.hidden) for (const one of [...waiting.keys()]) fresh(one);
});

// ── A customer waits for a person: the title, a sound, a notification; louder while nobody takes it ─────────────
const title = document.title;
function attend(said, first) {
  document.title = said.waiting.length ? `(${said.waiting.length}) ${title}` : title;
  const inbox = document.getElementById("count-inbox"), problems = document.getElementById("count-problems");
  if (inbox) inbox.textContent = said.waiting.length || "";
  if (problems) problems.textContent = said.listed || "";
  const untold = [...said.waiting, ...said.problems].filter((id) => !told.has(id));
  told = new Set([...said.waiting, ...said.problems]);
  sessionStorage.setItem("told", JSON.stringify([...told]));
  // One tab rings for all of them: the one that holds the stream.
  if (first && untold.length && knows) ring(untold.some((id) => said.waiting.includes(id)) ? T.waits : T.problem);
  knows = true;
  const alarm = document.getElementById("alarm");
  if (alarm) {
    const raised = said.oldest_s >= Number(T.alarmAfter);
    if (first && raised && !alarm.classList.contains("on")) ring(T.nobody);
    alarm.classList.toggle("on", raised);
  }
}
function ring(text) {
  toast(text);
  if (localStorage.getItem("quiet")) return;
  try {
    const audio = new AudioContext(), tone = audio.createOscillator(), volume = audio.createGain();
    tone.frequency.value = 880;
    volume.gain.setValueAtTime(0.12, audio.currentTime);
    volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + 0.5);
    tone.connect(volume).connect(audio.destination);
    tone.start();
    tone.stop(audio.currentTime + 0.5);
  } catch { /* a browser that wants a click first */ }
  if ("Notification" in window && Notification.permission === "granted" && document.hidden) new Notification("Surereply", { body: text });
}
document.getElementById("notify")?.addEventListener("click", () => Notification?.requestPermission());

if (T.follow) {
  shared?.addEventListener("message", (event) => hear(event.data));
  if (navigator.locks && shared) navigator.locks.request("surereply-stream", () => { follow(); return new Promise(() => {}); });
  else follow();
}

// ── Keys: / searches, Ctrl+Enter sends ─────────────────────────────────────────────────────────────────────────
addEventListener("keydown", (event) => {
  const typing = event.target instanceof HTMLElement && event.target.matches("input, textarea, select");
  if (event.key === "/" && !typing) {
    const search = document.getElementById("search");
    if (search) { event.preventDefault(); search.focus(); }
  }
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target?.id === "reply-text") {
    event.preventDefault();
    event.target.form.requestSubmit();
  }
});
