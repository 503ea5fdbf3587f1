// What is typed stays in this page until it is saved: nothing is sent, and nothing is left on this device but the file.
(() => {
  const about = document.body.dataset
  const status = document.getElementById('status'), save = document.getElementById('save')
  const days = [...document.querySelectorAll('[data-day]')]
  const bytes = text => Uint8Array.from(atob(text), one => one.charCodeAt(0))
  const text = list => btoa(Array.from(new Uint8Array(list), one => String.fromCharCode(one)).join(''))
  const utf8 = words => new TextEncoder().encode(words)
  let typed = false

  const told = day => {
    const row = {day: day.dataset.day}, done = {}
    for (const one of day.querySelectorAll('input:checked')) if (one.value) done[one.dataset.item] = one.value === '1'
    if (Object.keys(done).length) row.done = done
    for (const one of day.querySelectorAll('select')) if (one.value) row[one.dataset.field] = Number(one.value)
    const words = day.querySelector('textarea').value.trim()
    if (words) row.note = words
    return row
  }
  const any = row => Object.keys(row).length > 1
  const show = day => {
    const row = told(day)
    day.querySelector('.state').textContent = any(row) ? 'told' : 'nothing told yet'
    day.querySelector('.fell').hidden = !(row.falls || row.near_falls)
  }

  const now = new Date(), two = n => String(n).padStart(2, '0')
  const today = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`
  ;(days.find(one => one.dataset.day === today) || days[0]).open = true
  for (const day of days) {
    day.addEventListener('input', () => {
      typed = true
      status.textContent = ''
      show(day)
    })
    show(day)  // a browser may bring back what was typed when a page is loaded again
  }
  addEventListener('beforeunload', event => {
    if (typed) {
      event.preventDefault()
      event.returnValue = ''
    }
  })

  if (!(window.crypto && crypto.subtle)) {
    document.getElementById('old').hidden = false
    save.disabled = true
    return
  }

  const sealed = async rows => {
    const curve = {name: 'ECDH', namedCurve: 'P-256'}
    const clinic = await crypto.subtle.importKey('raw', bytes(about.point), curve, false, [])
    const own = await crypto.subtle.generateKey(curve, false, ['deriveBits'])
    const shared = await crypto.subtle.deriveBits({name: 'ECDH', public: clinic}, own.privateKey, 256)
    const point = await crypto.subtle.exportKey('raw', own.publicKey)
    const base = await crypto.subtle.importKey('raw', shared, 'HKDF', false, ['deriveKey'])
    const how = {name: 'HKDF', hash: 'SHA-256', salt: point, info: utf8(about.info)}
    const key = await crypto.subtle.deriveKey(how, base, {name: 'AES-GCM', length: 256}, false, ['encrypt'])
    const nonce = crypto.getRandomValues(new Uint8Array(12))
    const head = about.head.split(' ').map(name => about[name]).join('|')
    const what = utf8(JSON.stringify({page: about.page, mark: about.mark, days: rows}))
    const inside = await crypto.subtle.encrypt({name: 'AES-GCM', iv: nonce, additionalData: utf8(head)}, key, what)
    return JSON.stringify({
      kind: about.kind, format: Number(about.format), clinic: about.clinic, person: about.person, first: about.first,
      point: text(point), nonce: text(nonce), sealed: text(inside),
    })
  }

  save.addEventListener('click', async () => {
    const rows = days.map(told).filter(any)
    if (!rows.length) {
      status.textContent = 'Nothing is told yet: open a day and fill in what you like.'
      return
    }
    const ahead = rows.find(row => row.day > today)
    if (ahead) {
      status.textContent = `${ahead.day} has not been yet: empty that day, then save again.`
      return
    }
    save.disabled = true
    try {
      const url = URL.createObjectURL(new Blob([await sealed(rows)], {type: 'application/octet-stream'}))
      const link = Object.assign(document.createElement('a'), {href: url, download: about.file})
      link.click()
      setTimeout(() => URL.revokeObjectURL(url), 60000)
      typed = false
      const many = rows.length === 1 ? '1 day' : `${rows.length} days`
      status.textContent = `${many} saved as ${about.file}, among your downloads. Give that file to your clinic.`
    } catch (error) {
      status.textContent = 'The file could not be made on this device. Write it on paper, or try another browser.'
    } finally {
      save.disabled = false
    }
  })
})()
