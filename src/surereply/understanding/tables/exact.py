"""Stop and start in languages that we do not otherwise read: whoever asks to be left alone is understood."""

from surereply.understanding.tables.shape import Phrases, listed

STOP_WORDS: Phrases = listed(
    """alto | parar | pare | baja | darse de baja | cancelar suscripción |
    no más mensajes | arrêt | arrêter | arrêtez |
    désabonner | se désabonner | stopp | abbestellen | abmelden | sair |
    descadastrar | cancelar inscrição |
    basta messaggi | annulla iscrizione | стоп | отписаться | отписка |
    durdur | abonelikten çık | रुको | रोको | बंद करो | band karo |
    mat bhejo | بند کرو | روکو | لغو اشتراک | itigil |
    tigil | huwag na | berhenti | थामो | বন্ধ করুন | 停止 | 退订 | 구독취소"""
)
START_WORDS: Phrases = listed(
    """empezar | suscribir | suscribirse | commencer | recommencer |
    s'abonner | anmelden | começar | inscrever |
    старт | подписаться | başlat | शुरू | shuru karo | شروع | simula | mulai | 开始"""
)
