using GpuVae.Samples;

// dotnet run -c Release --project src/Samples -- NAME [arguments]
string name = args.Length > 0 ? args[0] : "";
string[] rest = args.Length > 1 ? args[1..] : [];
switch (name)
{
    case "train-on-mnist":
        TrainOnMnist.Run(rest);
        break;
    case "own-layer":
        OwnLayer.Run(rest);
        break;
    case "own-operation":
        OwnOperation.Run();
        break;
    case "anomalies-in-csv":
        AnomaliesInCsv.Run(rest);
        break;
    default:
        Console.Error.WriteLine("samples: which? train-on-mnist, own-layer, own-operation or anomalies-in-csv");
        return 2;
}
return 0;
