# SPDX-License-Identifier: MIT
"""The page of a plan: large, plain, printable in black and white, read aloud by the browser's own voice."""

from base64 import b64encode
from hashlib import sha256

from ..clinic.simulated import MARK
from .page import render
from .plan_view import BEFORE, PlanView, stops

# Says what stands on the page, piece by piece, and marks the piece; nothing leaves the page. A browser that can't
# speak has no button; one that can, and has no voice, tells so only once it is asked to.
SPEAK = """
(() => {
  const voice = window.speechSynthesis
  if (!voice) return
  const [speak, hush, mute] = ['speak', 'hush', 'mute'].map(name => document.getElementById(name))
  speak.parentElement.hidden = false
  const pieces = [...document.querySelectorAll('[data-say]')]
  let turn = 0, waiting = 0
  const unmark = () => pieces.forEach(one => one.classList.remove('saying'))
  const quiet = () => { turn++; clearTimeout(waiting); voice.cancel(); hush.hidden = true; unmark() }
  const unable = mine => {
    if (mine !== turn) return
    quiet()
    mute.hidden = false
  }
  const say = (k, mine) => {
    if (mine !== turn) return
    unmark()
    if (k >= pieces.length) return quiet()
    const words = new SpeechSynthesisUtterance(pieces[k].textContent.replace(/\\s+/g, ' ').trim())
    words.lang = 'en'
    words.rate = 0.85
    words.onstart = () => clearTimeout(waiting)
    words.onend = () => say(k + 1, mine)
    words.onerror = () => unable(mine)
    waiting = setTimeout(() => unable(mine), 5000)
    pieces[k].classList.add('saying')
    pieces[k].scrollIntoView({block: 'nearest'})
    voice.speak(words)
  }
  speak.addEventListener('click', () => { quiet(); mute.hidden = true; hush.hidden = false; say(0, turn) })
  hush.addEventListener('click', quiet)
  addEventListener('pagehide', quiet)
})()
"""


def plan_page(view: PlanView) -> str:
    """HTML, whole in itself."""
    return render(
        "plan.html.j2",
        view=view,
        day=f"{view.day.day} {view.day:%B %Y}",
        before=BEFORE,
        stop=stops(view.pain),
        mark=MARK,
        speak_script=SPEAK,
        speak_hash=b64encode(sha256(SPEAK.encode()).digest()).decode(),
    )
