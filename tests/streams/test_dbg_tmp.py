import asyncio, logging, time
from tests.streams.conftest import *
from tests.streams.test_reconciler import *
from tests.conftest import *

def test_dbg(on_intake):
    async def check(intake):
        bench, stop = intake.bench, asyncio.Event()
        loops={}
        for stage in (intake.split, intake.plan, intake.store):
            loops[stage.group]=bench.start(stage)
        first = await register(intake.sources, TEXT + b"1", intake.outbox)
        healer = asyncio.create_task(reconciler(bench, intake.ledger).run(stop, every=0.2))
        await until_async(lambda: intake.complete(), {first.version})
        second = await register(intake.sources, TEXT + b"2", intake.outbox)
        await asyncio.to_thread(delete_topics, bench.broker)
        t=time.time()
        try:
            while time.time()-t<45:
                await asyncio.sleep(3)
                print(round(time.time()-t,1), await intake.complete()=={first.version, second.version}, healer.done(), healer)
                for g,l in loops.items():
                    print("  ",g,l.counts, l._table._partitions.keys(), l._poller._thread.is_alive(), l.running)
                for g,tp in (("intake",["sources"]),("plan",["passages"]),("store",["planned"])):
                    try: print("  ",g,{k[1]:(v.start,v.end,v.committed) for k,v in bench.broker.states(g,tp).items()})
                    except Exception as e: print("  ",g,repr(e))
                if await intake.complete()=={first.version, second.version}: break
        finally:
            stop.set()
            await healer
    on_intake(check)
