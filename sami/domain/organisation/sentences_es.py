"""The sentences in Spanish: everything that callers, leads and rung agents hear, and what callers are texted."""

SPANISH: dict[str, str] = {
    "greeting": "Gracias por llamar a {organisation}.",
    "recorded": "Esta llamada puede ser grabada.",
    "connecting": "Espere un momento mientras le comunico.",
    "message_key": "Si prefiere dejar un mensaje, oprima {key}.",
    "choice_keys": "Para que le devolvamos la llamada, oprima {call_back}. Para dejar un mensaje, oprima {key}.",
    "menu_choice": "{choice}, oprima {digits}.",
    "menu_person": "Para hablar con una persona, oprima 0.",
    "not_understood": "Disculpe, no le entendí.",
    "question_choice": "Para {choice}, oprima {digits}.",
    "apology": "Lo siento, nadie pudo atender su llamada en este momento.",
    "back_at": "Estaremos de vuelta {when}.",
    "call_back_choice": (
        "Para que le llame la primera persona que quede libre, oprima {call_back}. Para dejar un mensaje, espere."
    ),
    "leave_message": "Por favor, deje su mensaje después del tono.",
    "message_taken": "Gracias. Alguien le devolverá la llamada.",
    "message_kept": "Gracias. Hemos recibido su mensaje.",
    "call_back_promised": "Gracias. La primera persona que quede libre le llamará a este número. Adiós.",
    "call_back_promised_for": "Gracias. Le llamaremos a este número, {when} o después. Adiós.",
    "blocked": "Lo sentimos, este número no recibe sus llamadas. Adiós.",
    "opted_out": "No volveremos a comunicarnos con usted. Adiós.",
    "goodbye": "Adiós.",
    "placed_greeting": "Hola, {lead}, le llamamos de {organisation}.",
    "placed_greeting_nameless": "Hola, le llamamos de {organisation}.",
    "placed_person": "Para hablar con una persona",
    "placed_never_again": "Para que no le llamemos más",
    "placed_apology": "Perdone, algo falló por nuestra parte. Adiós.",
    "screen": "{who}. Oprima 1 para tomarla, 2 para pasarla, 3 para pasarla y descansar una hora.",
    "screen_again": "Oprima 1 para tomarla, 2 para pasarla, 3 para pasarla y descansar una hora.",
    "screen_fallback": "Llamada para {organisation}. Oprima 1 para tomarla.",
    "screen_fallback_again": "Oprima 1 para tomarla.",
    "accepted": "Le comunico.",
    "call_back_screen": (
        "{who} pidió que le llamen. Oprima 1 para llamar ahora, 2 para pasar, 3 para pasar y descansar una hora."
    ),
    "call_back_screen_fallback": "{who} pidió que le llamen. Oprima 1 para llamar ahora, 2 para pasar.",
    "call_back_screen_fallback_again": "Oprima 1 para llamar ahora, 2 para pasar.",
    "asked_call_screen": "Su llamada a {who}. Oprima 1 para llamar ahora, 2 para pasar.",
    "asked_call_screen_again": "Oprima 1 para llamar ahora, 2 para pasar.",
    "call_back_screen_again": "Oprima 1 para llamar ahora, 2 para pasar, 3 para pasar y descansar una hora.",
    "not_reached": "No contestaron. Adiós.",
    "taken": "Ya la tomó {agent}.",
    "somebody_else": "otra persona",
    "caller_left": "Quien llamaba colgó.",
    "answered_our_call": "contestó nuestra llamada",
    "caller_ending": "quien llama desde el número que termina en {digits}",
    "caller_withheld": "un número oculto",
    "ask_result": (
        "¿En qué quedó? 1 dar seguimiento, 2 llamar después, 3 no le interesa, 4 no califica, 5 número equivocado, "
        "9 no contactar nunca más."
    ),
    "result_kept": "Gracias.",
    "test_ring": "Esta es una llamada de prueba de {organisation}. Oprima 1 para que este teléfono reciba llamadas.",
    "test_ring_confirmed": "Gracias. Este teléfono ya puede recibir llamadas. Adiós.",
    "test_ring_missed": "No se oprimió ninguna tecla, así que este teléfono sigue como estaba. Adiós.",
    "sorry_text": "Lamentamos no haber atendido su llamada. Le llamaremos {when}. {organisation}",
    "sorry_no_call_text": (
        "Lamentamos no haber atendido su llamada. Escríbanos aquí y una persona le responderá. {organisation}"
    ),
    "sorry_placed_text": (
        "Lo sentimos, no había nadie libre en este momento. Le llamaremos de nuevo {when}. {organisation}"
    ),
}
